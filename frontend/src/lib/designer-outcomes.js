// The property `outcomes`: “approve=Approve; reject=Reject!”. The same reading as tasks_inbox/outcomes.py.
export function split(text) {
  return text.split(';').map(part => part.trim()).filter(Boolean).map(part => {
    const at = part.indexOf('=');
    const [ value, label ] = at < 0 ? [ part, '' ] : [ part.slice(0, at).trim(), part.slice(at + 1).trim() ];
    const comment = (label || value).endsWith('!');
    return { value: label ? value : value.replace(/!$/, '').trim(), label: label.replace(/!$/, '').trim(), comment };
  });
}

export const join = outcomes => outcomes.filter(({ value }) => value).map(({ value, label, comment }) => `${value}${label ? `=${label}` : ''}${comment ? '!' : ''}`).join('; ');
