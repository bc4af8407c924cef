/** What the example is about: words that nobody who installs the engine has to read. */
export const SAMPLE_WORDS =
  /invoice|contact|payment|part_paid|business_?profile|(total|paid|amount)_?cents|vat_?number/i
