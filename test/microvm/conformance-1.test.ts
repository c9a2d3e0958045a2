import { registerPart } from "./support/register-part.ts";

registerPart(1);
