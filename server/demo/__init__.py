"""The demonstration: an invented aimak, its people, a finished round and an open one."""
