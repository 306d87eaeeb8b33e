// Shows the OpenAPI document of this server. Nothing is fetched from elsewhere,
// and nothing of the document becomes markup.
'use strict';

const element = (name, text, ...children) => {
  const e = document.createElement(name);
  if (text) e.textContent = text;
  e.append(...children);
  return e;
};

const table = (caption, rows) => {
  const t = element('table', '', element('caption', caption));
  for (const row of rows) {
    t.append(element('tr', '', element('th', row[0]), ...row.slice(1).map((cell) => element('td', cell))));
  }
  return t;
};

const resolve = (api, schema) => (schema && schema.$ref ? api.components.schemas[schema.$ref.split('/').pop()] : schema);

const describe = (schema) => {
  if (!schema) return '';
  const parts = [Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type || ''];
  if (schema.enum) parts.push('one of ' + schema.enum.join(', '));
  if (schema.pattern) parts.push('as ' + schema.pattern);
  if (schema.maximum !== undefined) parts.push(`${schema.minimum} to ${schema.maximum}`);
  return parts.filter(Boolean).join(', ');
};

const body = (api, caption, content) => {
  const media = content && (content['application/json'] || content['application/problem+json']);
  const schema = media && resolve(api, media.schema);
  if (!schema || !schema.properties) return '';
  const required = new Set(schema.required || []);
  return table(caption, Object.entries(schema.properties).map(([name, p]) => [
    name + (required.has(name) ? '' : ' (optional)'), describe(resolve(api, p)), p.description || '',
  ]));
};

const operation = (api, method, path, op) => {
  const section = element('section', '', element('h2', op.summary), element('p', '', element('code', `${method.toUpperCase()} ${path}`)));
  section.id = op.operationId;
  section.append(element('p', op.description || ''));
  section.append(element('p', `Scope ${op.security.flatMap((s) => Object.values(s).flat()).join(', ')}; roles ${op['x-claviger-roles'].join(', ')}.`));
  if (op.parameters) {
    section.append(table('Parameters', op.parameters.map((p) => [`${p.name} (${p.in})`, describe(p.schema), p.description || ''])));
  }
  if (op.requestBody) section.append(body(api, 'Body', op.requestBody.content));
  for (const [status, answer] of Object.entries(op.responses)) {
    section.append(body(api, status === 'default' ? 'Problem' : `Answer ${status}`, answer.content));
  }
  return section;
};

const show = async () => {
  const main = document.getElementById('operations');
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`the document was answered with ${answer.status}`);
  const api = await answer.json();
  main.replaceChildren(element('p', api.info.description));
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, op] of Object.entries(methods)) main.append(operation(api, method, path, op));
  }
};

show().catch((why) => {
  document.getElementById('operations').replaceChildren(element('p', `The document cannot be shown: ${why.message}.`));
});
