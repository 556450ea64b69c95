"""The recipes: what each playbook does to a device, from its state and the approved state. Pure."""
