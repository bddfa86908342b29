"""The operator's face and composition root: the `aula` command, embedded services, checks."""
