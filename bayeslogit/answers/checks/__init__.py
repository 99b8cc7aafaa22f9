"""Whether data, draws and prior can be relied on."""
