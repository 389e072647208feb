// Search by voice: by the browser's own recognition where it has one, else the sound is sent to this shop and read there.
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
const LONGEST = 15_000; // ms of one recording

const dialog = () => document.getElementById("voice");
const line = () => dialog().querySelector(".heard");
const say = (state) => (line().textContent = line().dataset[state]);
let stop = () => {};

function offer() {
  const button = document.querySelector("button.voice");
  if (button) button.hidden = !(Recognition || (button.hasAttribute("data-hears") && window.MediaRecorder));
}

function found(text) {
  const box = document.getElementById("q");
  if (!text.trim()) return say("nothing");
  box.value = text.trim();
  dialog().close();
  box.form.requestSubmit();
}

function byBrowser() {
  const heard = new Recognition();
  heard.lang = document.documentElement.lang === "zh" ? "zh-CN" : "en-US";
  heard.interimResults = true;
  let text = "";
  let failed = "";
  heard.onresult = (event) => {
    text = [...event.results].map((result) => result[0].transcript).join("");
    line().textContent = text;
  };
  heard.onerror = ({ error }) => (failed = error === "not-allowed" ? "refused" : error === "no-speech" ? "nothing" : "failed");
  heard.onend = () => {
    if (!dialog().open) return;
    if (failed) say(failed);
    else found(text);
  };
  heard.start();
  say("listening");
  stop = () => heard.abort();
}

async function byServer() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return say("refused");
  }
  const parts = [];
  const recorder = new MediaRecorder(stream);
  let wanted = true;
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = async () => {
    stream.getTracks().forEach((track) => track.stop());
    if (!wanted) return;
    say("working");
    try {
      const lang = document.documentElement.lang;
      const answer = await fetch(`/speech?lang=${lang}`, { method: "POST", body: new Blob(parts, { type: recorder.mimeType }) });
      if (!answer.ok) return say("failed");
      found((await answer.json()).text);
    } catch {
      say("failed");
    }
  };
  const finish = () => recorder.state === "recording" && recorder.stop();
  const done = dialog().querySelector("[data-done]");
  done.hidden = false;
  done.onclick = () => {
    done.hidden = true;
    finish();
  };
  stop = () => {
    wanted = false;
    finish();
  };
  recorder.start();
  setTimeout(finish, LONGEST);
  say("listening");
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("button.voice")) return;
  const notice = dialog().querySelector("[data-browser]");
  notice.textContent = Recognition ? notice.dataset.browser : notice.dataset.server;
  dialog().querySelector("[data-done]").hidden = true;
  dialog().showModal();
  if (Recognition) byBrowser();
  else byServer();
});
document.getElementById("voice").addEventListener("close", () => {
  stop();
  stop = () => {};
});
offer();
document.addEventListener("htmx:after:process", offer);
