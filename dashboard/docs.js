// @ts-nocheck: an OpenAPI document has no static type.
// The page of the API, built from the gateway's own OpenAPI document; nothing is loaded from other sites.

import { byId, el } from "./dom.js";

const described = await (await fetch("/openapi.json")).json();
const typeOf = (schema) =>
  schema?.$ref?.split("/").pop() ?? schema?.type ?? (schema?.anyOf ? schema.anyOf.map(typeOf).join(" or ") : "any");
const schemaIn = (content) => Object.values(content ?? {})[0]?.schema;

function table(heads, lines) {
  if (!lines.length) return null;
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...lines.map((line) => el("tr", {}, ...line.map((cell) => el("td", {}, cell))))),
  );
}

function fields(schema) {
  const name = schema?.$ref?.split("/").pop();
  const target = name ? described.components.schemas[name] : schema;
  return Object.entries(target?.properties ?? {}).map(([field, value]) => [
    field,
    typeOf(value),
    value.description ?? "",
  ]);
}

function callOf(path, method, operation) {
  const inputs = (operation.parameters ?? []).map((one) => [
    one.name,
    `${one.in}${one.required ? ", required" : ""}`,
    typeOf(one.schema),
  ]);
  const body = schemaIn(operation.requestBody?.content);
  const [code, answer] = Object.entries(operation.responses).find(([status]) => status.startsWith("2")) ?? ["", {}];
  const result = schemaIn(answer.content);
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      el("span", { class: "method" }, method.toUpperCase()),
      el("code", {}, path),
      ` ${operation.description ?? ""}`,
    ),
    table(["Parameter", "Where", "Type"], inputs),
    body ? el("p", {}, `Body: ${typeOf(body)}`) : null,
    body ? table(["Field", "Type", ""], fields(body)) : null,
    el("p", {}, `Answer ${code}: ${typeOf(result)}`),
    table(["Field", "Type", ""], fields(result)),
  );
}

const groups = new Map();
for (const [path, operations] of Object.entries(described.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const tag = operation.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), callOf(path, method, operation)]);
  }
}
byId("calls").append(
  ...[...groups].map(([tag, calls]) => el("section", { class: "panel" }, el("h2", {}, tag), ...calls)),
);
