// Titles tell their category; articles that nobody would read are not accepted.
export const fields = {
  title: {
    uses: ["category"],
    value: ({ row, record }) => `${record.category}: report ${row}`,
  },
};

export function validate(record) {
  return record.score >= 0.3 || "the score is too low to be shown";
}
