// Judges OpenAPI documents, which come on standard input by name: as a whole by the
// schema that the OpenAPI Initiative publishes for their version, their references by
// following them, and each of their schemas by that of JSON Schema 2020-12. Each is one
// line: "right NAME VERSION SCHEMAS", or "wrong NAME" and why.
import { readFileSync } from 'node:fs';

import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

async function judge(document) {
  const validator = new Validator();
  const judged = await validator.validate(structuredClone(document));
  if (!judged.valid) throw new Error(JSON.stringify(judged.errors));
  validator.resolveRefs(); // throws where one leads nowhere
  const ajv = new Ajv2020.default({ strict: false });
  formats.default(ajv);
  ajv.addSchema(document, 'document');
  const names = Object.keys(document.components?.schemas ?? {});
  for (const name of names) ajv.compile({ $ref: `document#/components/schemas/${name}` });
  return `${validator.version} ${names.length}`;
}

for (const [name, document] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  try {
    console.log(`right ${name} ${await judge(document)}`);
  } catch (error) {
    console.log(`wrong ${name} ${error.message}`);
  }
}
