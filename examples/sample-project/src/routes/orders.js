const orders = new Map();
let lastId = 0;

export function orderRoutes(router) {
  router.get("/orders", () => ({ status: 200, body: [...orders.values()] }));

  router.post("/orders", ({ body }) => {
    lastId += 1;
    orders.set(String(lastId), { id: lastId, items: body.items });
    return { status: 201, body: { id: lastId } };
  });

  router.delete("/orders/:id", ({ params }) => {
    const found = orders.delete(params.id);
    return { status: found ? 204 : 404, body: {} };
  });
}
