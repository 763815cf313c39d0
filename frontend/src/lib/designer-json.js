// JSON on many lines, as text: not one character of its values is read, so that no number is rounded.
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const CLOSES = { '{': '}', '[': ']' };

export function indented(text) {
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0, out = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  tokens.forEach((token, index) => {
    if (CLOSES[token]) {
      if (tokens[index + 1] === CLOSES[token]) out += token;
      else { depth++; out += token + line(); }
    } else if (token === '}' || token === ']') {
      if (CLOSES[tokens[index - 1]] === token) out += token;
      else { depth--; out += line() + token; }
    } else if (token === ',') out += `,${line()}`;
    else if (token === ':') out += ': ';
    else out += token;
  });
  return out;
}
