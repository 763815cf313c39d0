// Typing over a selection in an expression: Chromium keeps the look of what is replaced in a style="" attribute, which the
// policy of the page refuses and reports. So the editor replaces the text itself.
import { EditorView } from '@codemirror/view';

document.addEventListener('beforeinput', event => {
  const view = event.inputType === 'insertText' && event.target instanceof Element && EditorView.findFromDOM(event.target);
  if (!view || event.isComposing || view.state.readOnly || view.state.selection.ranges.length > 1) return;
  const { from, to, empty } = view.state.selection.main;
  if (empty || !event.data) return;
  event.preventDefault();
  const typed = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some(handle => handle(view, from, to, event.data, typed))) view.dispatch(typed());
}, true);
