import type { CredentialVault } from "../engine/credential-vault.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import type { ProviderCatalog } from "../providers/catalog.ts";
import { isProviderReady } from "../providers/is-provider-ready.ts";
import { priceAtMost } from "../providers/price-at-most.ts";

/** Which models there are, which of them can be called now, and for how much. */
export function createModelParts(
  catalog: ProviderCatalog,
  credentials: CredentialVault,
): Pick<
  EngineParts,
  "credentials" | "isReady" | "providers" | "localModels" | "resolveModel" | "openModel" | "priceAtMost"
> {
  return {
    credentials,
    isReady: (provider) => isProviderReady(credentials, provider),
    providers: () => catalog.list(credentials.names()),
    localModels: () => catalog.listLocalModels(),
    resolveModel: (wish) => catalog.resolve(wish),
    openModel: (choice) => catalog.openModel(choice),
    priceAtMost,
  };
}
