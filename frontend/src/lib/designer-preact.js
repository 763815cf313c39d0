// The preact of the properties panel: a second one would not know its hooks.
export { createElement } from '@bpmn-io/properties-panel/preact';
export { useState } from '@bpmn-io/properties-panel/preact/hooks';
