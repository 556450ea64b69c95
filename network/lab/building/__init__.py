"""Makes a plan real: namespaces, cables, cgroups, accounts, programs. Removes all of it again.

Rules

1. Everything of a laboratory hangs on its processes, its cgroups and its folder. Namespaces have no names in the file
   system, and nothing is mounted outside them: without the processes there is no namespace, interface or mount left.
2. The cgroups have names that follow from the name of the laboratory. So a process that was killed while it built can
   be cleaned up after by another that knows the name alone.
3. Nothing of the machine is changed but the folder, the cgroups and one interface for the management network.
"""
