/// <reference path="./hooks.d.ts" />
// Hooks shape and check the rows that milvus-ingest generate makes.
// Try them:  milvus-ingest script test hooks.js --builtin knowledge_base
// Use them:  milvus-ingest generate --builtin knowledge_base --hooks hooks.js
//
// A hook depends on its row alone: the same seed gives the same data set,
// however many processes make it. Keep nothing between rows.

const greetings = ["Hello,", "Hi,", "Good day,"];

/**
 * Values of fields. uses names the fields that a hook reads in record.
 * @type {MilvusIngest.Fields}
 */
export const fields = {
  question: {
    uses: ["category", "language"],
    value: ({ row, rng, record }) => `${rng.pick(greetings)} a question about ${record.category} (${record.language}, no. ${row})`,
  },
};

/**
 * Looks at every row: true accepts it, a text says why not.
 * What happens then is said by --on-invalid fail|drop|regenerate.
 * @type {MilvusIngest.Validate}
 */
export function validate(record) {
  if (record.question.length < 10) {
    return `the question is too short: ${record.question}`;
  }
  return true;
}

/**
 * Called before any row, once for each hook in each process; remove it if there is nothing to prepare.
 * @type {MilvusIngest.Setup}
 */
export function setup(dataset) {
  console.log(`hooks for ${dataset.name}, seed ${dataset.seed}`);
}
