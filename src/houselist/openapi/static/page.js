// Starts Swagger UI on our own document. A file of its own, as the page's policy forbids inline scripts.
"use strict";

window.ui = window.SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  // Keys stay in the page's memory, and the document is sent to nobody for validation.
  persistAuthorization: false,
  validatorUrl: null,
  queryConfigEnabled: false,
});
