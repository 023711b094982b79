"""The HTML people see: templates, charts, settings codes, and the words of three languages."""
