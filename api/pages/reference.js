// Renders the OpenAPI document of this server; needs nothing from elsewhere.
"use strict";

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"];

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const several = schema.oneOf || schema.anyOf;
  if (several) return several.map(typeName).join(" | ");
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  if (schema.type === "array") return `${typeName(schema.items)}[]`;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "object" && schema.additionalProperties) return `{ [key]: ${typeName(schema.additionalProperties)} }`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type || "any";
}

function limits(schema) {
  const named = ["minLength", "maxLength", "minimum", "maximum", "default"];
  return named.filter((name) => schema?.[name] !== undefined).map((name) => `${name} ${schema[name]}`).join(", ");
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", {}, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

function fields(schema, schemas) {
  const named = schema?.$ref ? schemas[schema.$ref.split("/").pop()] : schema;
  if (!named?.properties) return element("p", {}, element("code", {}, typeName(schema)));
  const required = new Set(named.required || []);
  const rows = Object.entries(named.properties).map(([name, property]) => [
    element("code", {}, required.has(name) ? `${name} *` : name),
    element("code", {}, typeName(property)),
    [property.description, limits(property)].filter(Boolean).join(" "),
  ]);
  return table(["field", "type", ""], rows);
}

function body(title, content, schemas) {
  if (!content) return null;
  const parts = Object.entries(content).map(([type, media]) =>
    element("div", {}, element("p", {}, `${title} (${type}): `, element("code", {}, typeName(media.schema))),
      fields(media.schema, schemas)));
  return element("div", {}, ...parts);
}

function parameters(list) {
  if (!list?.length) return null;
  return table(["parameter", "in", "type", ""], list.map((parameter) => [
    element("code", {}, parameter.required ? `${parameter.name} *` : parameter.name),
    parameter.in,
    element("code", {}, typeName(parameter.schema)),
    [parameter.description, limits(parameter.schema)].filter(Boolean).join(" "),
  ]));
}

function responses(map, schemas) {
  const good = Object.entries(map).filter(([status]) => status < "300");
  const bad = Object.entries(map).filter(([status]) => status >= "300").map(([status, each]) => `${status} ${each.description}`);
  const parts = good.map(([status, each]) =>
    element("div", {}, element("h4", {}, `${status} ${each.description}`), body("Answer", each.content, schemas)));
  if (bad.length) parts.push(element("p", {}, `Problems: ${bad.join(", ")}`));
  return element("div", {}, ...parts);
}

function operation(path, method, described, schemas) {
  const words = [path, method, described.operationId, described.summary, described.description].join(" ").toLowerCase();
  return element("details", { "data-words": words, id: described.operationId || "" },
    element("summary", {}, element("span", { class: `method ${method}` }, method.toUpperCase()),
      element("code", {}, path), ` ${described.summary || ""} `,
      described.security?.length ? element("span", { class: "lock", title: "needs an access token" }, "🔒") : null),
    element("p", {}, described.description || ""),
    element("p", {}, "Operation ", element("code", {}, described.operationId || "")),
    parameters(described.parameters),
    body("Body", described.requestBody?.content, schemas),
    responses(described.responses || {}, schemas));
}

function show(document_) {
  const schemas = document_.components?.schemas || {};
  const byTag = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] || "Other";
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(path, method, item[method], schemas));
    }
  }
  document.getElementById("title").textContent = `${document_.info.title} ${document_.info.version}`;
  document.getElementById("about").textContent = document_.info.description || "";
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const [tag, operations] of byTag) {
    document.getElementById("tags").append(element("a", { href: `#tag-${tag}` }, tag));
    main.append(element("section", {}, element("h2", { id: `tag-${tag}` }, tag), ...operations));
  }
}

document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const each of document.querySelectorAll("details")) each.hidden = !each.dataset.words.includes(wanted);
});

fetch("/schema/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => document.getElementById("operations").append(`The document could not be read: ${error}`));
