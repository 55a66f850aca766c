/** Keys and homes of the user, for agents that have a driver of this kind. */
export interface AcpCredentials {
  /** A provider's key and address; undefined: it is the agent's own login that counts. */
  credential: (provider: string) => { apiKey?: string; baseUrl?: string } | undefined;
  home: () => string;
}
