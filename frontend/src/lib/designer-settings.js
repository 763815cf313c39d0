// What the page brings along.
export const settings = JSON.parse(document.getElementById('designer-settings').textContent);
