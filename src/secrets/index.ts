export { createSecretStore, type SecretStoreOptions } from "./create-secret-store.ts";
export { isSecretName } from "./is-secret-name.ts";
export { newPlaceholder } from "./new-placeholder.ts";
export { type RedactableSecret, redactor } from "./redactor.ts";
export { isRedactable } from "./secret-forms.ts";
export { secretSourceSchema } from "./secret-source-schema.ts";
export type { SecretSource, SecretStore } from "./secret-store.ts";
