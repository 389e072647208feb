// What this browser remembers for its shopper. None of it is sent anywhere by itself.
const PREFIX = "wares.";

export function remember(name, text) {
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // full or forbidden: the page works without
  }
}

export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // it remembers nothing anyway
  }
}

export function list(name) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + name) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

// The newest first, none twice, no more than `most`.
export function add(name, text, most) {
  remember(name, JSON.stringify([text, ...list(name).filter((each) => each !== text)].slice(0, most)));
}
