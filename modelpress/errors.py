"""What can go wrong between a model file and an answer."""


class ModelError(Exception):
    """
    A model file or an input row is not usable.

    Args:
        message: What is wrong, with the name of the thing and its value in backticks.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def lines(self) -> list[str]:
        """Say it as one line of fact and, where there is one, a line of advice."""
        return [self.message, f"hint: {self.hint}"] if self.hint else [self.message]


class FileError(ModelError):
    """The bytes are not the model that was asked for."""


class InputError(ModelError):
    """A row does not fit the model's inputs."""
