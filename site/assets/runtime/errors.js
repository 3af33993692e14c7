/** What can go wrong between a model file and an answer: the names of `modelpress/errors.py`. */

export class ModelError extends Error {
  /** @param {string} message what is wrong  @param {string} hint what to do about it */
  constructor(message, hint = "") {
    super(message);
    this.hint = hint;
  }
}

/** The bytes are not the model that was asked for. */
export class FileError extends ModelError {}

/** A row does not fit the model's inputs. */
export class InputError extends ModelError {}

/** The file may be sound, but its graph is more than this evaluator knows. */
export class Unsupported extends FileError {}

// Written out, for packing shortens the names of classes.
for (const [name, kind] of Object.entries({ ModelError, FileError, InputError, Unsupported })) {
  kind.prototype.name = name;
}
