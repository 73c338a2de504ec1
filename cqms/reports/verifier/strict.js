/* JSON that can be read in one way only: no name twice in an object, no half character, only whole numbers */
const TOKEN = /\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|(-?[0-9][0-9eE.+-]*)|([{}[\]:,])|(true|false|null))\s*/y;
function parsed(text) {
  const found = JSON.parse(text), open = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const [, quoted, number, sign] = TOKEN.exec(text), names = open.at(-1);
    if (number && !/^(?:0|[1-9][0-9]{0,15})$/.test(number)) throw new Unusable(SAYS.UNREADABLE);
    if (sign === "{") open.push(new Set());
    else if (sign === "[") open.push(null);
    else if (sign === "}" || sign === "]") open.pop();
    if (!quoted) continue;
    const word = quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
    if (/\p{Surrogate}/u.test(word)) throw new Unusable(SAYS.UNREADABLE);
    if (!names || text[TOKEN.lastIndex] !== ":") continue;
    if (names.has(word)) throw new Unusable(SAYS.AMBIGUOUS);
    names.add(word);
  }
  return found;
}
const hasOnly = (row, ...names) => row !== null && typeof row === "object" && !Array.isArray(row) && Object.keys(row).every(name => names.includes(name));
const areTexts = values => values.every(value => typeof value === "string");
