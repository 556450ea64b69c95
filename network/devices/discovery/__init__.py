"""Discovery: which links the devices themselves see, with the evidence for each, beside the links of the inventory."""
