/** Marks what is ours, with the namespace as its value; the filter of every listing. */
export const namespaceLabel = "ctx-sandbox.namespace";
