// Writes the questions and answers of the shop by language and category, and
// looks at every row.
import texts from "./texts.json";

// A row's question and answer come from one entry. rng gives each field
// numbers of its own, so the entry is chosen by what both fields know: the row.
function entry({ row, record }) {
  const entries = texts[record.language][record.category];
  return entries[(Math.imul(row, 2654435761) >>> 16) % entries.length];
}

function fill(text, rng) {
  return text
    .replace("{order}", () => `${rng.int(2024, 2026)}-${String(rng.int(0, 999999)).padStart(6, "0")}`)
    .replace("{amount}", () => (rng.int(1000, 50000) / 100).toFixed(2))
    .replace("{days}", () => rng.pick([3, 7, 14, 30]));
}

export const fields = {
  question: {
    uses: ["language", "category"],
    value: (context) => fill(entry(context).question, context.rng),
  },
  answer: {
    uses: ["language", "category"],
    value: (context) => fill(entry(context).answer, context.rng),
  },
};

const han = /[\u4e00-\u9fff]/;

export function validate(record) {
  if (record.views < 20) {
    return `only ${record.views} views: not worth keeping`;
  }
  for (const text of [record.question, record.answer]) {
    if (han.test(text) !== (record.language === "zh")) {
      return `not ${record.language}: ${text}`;
    }
    if (text.includes("{")) {
      return `a blank was not filled: ${text}`;
    }
  }
  return vec.finite(record.embedding) || "the embedding has a hole";
}
