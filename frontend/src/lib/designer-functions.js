// The FEEL functions that the editors complete and explain: those that the engine has (settings.offered), in place of
// the whole of @camunda/feel-builtins. The build puts this module in its place.
import * as all from '../../../node_modules/@camunda/feel-builtins/dist/index.js';

const { offered } = JSON.parse(document.getElementById('designer-settings').textContent);
const known = new Set(offered.functions);

const ours = functions => functions
  .filter(({ name }) => known.has(name))
  .map(each => ({ ...each, info: each.info.replace(/<p><em>[^<]* Extension<\/em><\/p>\s*/, '') }));

export const feelBuiltins = ours(all.feelBuiltins);
export const camundaExtensions = ours(all.camundaExtensions);
export const camundaBuiltins = ours(all.camundaBuiltins);
export const camundaReservedNameBuiltins = ours(all.camundaReservedNameBuiltins);
