export const config = {
  port: Number(process.env.PORT ?? 3000),
  databaseUrl: process.env.DATABASE_URL,
  sessionSecret: process.env.SESSION_SECRET || "change-me",
  logLevel: process.env.LOG_LEVEL ?? "info",
};
