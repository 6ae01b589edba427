// What comes into the editor, pasted or kept: cleaned by the same list as on the server, which has
// the last word (tickets/services/prose.py).
import DOMPurify from "dompurify";

const RULES = {
  ALLOWED_TAGS: [
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul", "#text",
  ],
  ALLOWED_ATTR: ["href", "colspan", "rowspan"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
  RETURN_DOM_FRAGMENT: true,
};
// The browser's parser reports these to the content security policy, though it runs none of them.
const UNSEEN = /<!--[\s\S]*?(?:-->|$)|<(script|style|xml)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
const TAG = /<[a-z][^<>]*>/gi;
const ATTRIBUTE = /[\s/"'](?:style|on[a-z]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)/gi;

export const cleaned = (html) => {
  const quiet = html.replace(UNSEEN, "").replace(TAG, (tag) => tag.replace(ATTRIBUTE, " "));
  return document.importNode(DOMPurify.sanitize(quiet, RULES), true);
};

export const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
