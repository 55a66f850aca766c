import { createServer } from "node:http";
import { config } from "./config.js";
import { healthRoutes } from "./routes/health.js";
import { orderRoutes } from "./routes/orders.js";
import { userRoutes } from "./routes/users.js";
import { createRouter } from "./router.js";

const router = createRouter();
healthRoutes(router);
userRoutes(router);
orderRoutes(router);

createServer(async (request, response) => {
  const { status, body } = await router.handle(request.method, request.url, {});
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}).listen(config.port, () => console.log(`listening on ${config.port}`));
