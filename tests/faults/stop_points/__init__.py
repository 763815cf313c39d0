"""An app of the lab's processes: places in the product where a process can be made to stop, and hostile job workers.

The product knows nothing of it: the named functions are wrapped when the app is loaded.
"""
