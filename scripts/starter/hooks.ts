/// <reference path="./hooks.d.ts" />
// Hooks shape and check the rows that milvus-ingest generate makes.
// Try them:  milvus-ingest script test hooks.ts --builtin knowledge_base
// Use them:  milvus-ingest generate --builtin knowledge_base --hooks hooks.ts
//
// A hook depends on its row alone: the same seed gives the same data set,
// however many processes make it. Keep nothing between rows.

interface Row {
  category: string;
  language: string;
  question: string;
}

const greetings: string[] = ["Hello,", "Hi,", "Good day,"];

/** Values of fields. uses names the fields that a hook reads in record. */
export const fields: MilvusIngest.Fields = {
  question: {
    uses: ["category", "language"],
    value: ({ row, rng, record }: MilvusIngest.Context<Row>) =>
      `${rng.pick(greetings)} a question about ${record.category} (${record.language}, no. ${row})`,
  },
};

/**
 * Looks at every row: true accepts it, a text says why not.
 * What happens then is said by --on-invalid fail|drop|regenerate.
 */
export const validate: MilvusIngest.Validate<Row> = (record) => {
  if (record.question.length < 10) {
    return `the question is too short: ${record.question}`;
  }
  return true;
};

/** Called before any row, once for each hook in each process; remove it if there is nothing to prepare. */
export const setup: MilvusIngest.Setup = (dataset) => {
  console.log(`hooks for ${dataset.name}, seed ${dataset.seed}`);
};
