/** The edge runtime for other people's pages. A built site has it packed into this one file. */

export * from "./runtime/modelpress.js";
