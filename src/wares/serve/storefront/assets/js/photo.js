// Search by photo: chosen, dropped, pasted or taken with the camera. The photo is made small on this device, which also
// leaves its metadata behind; nothing is sent before the shopper asks for it.
import { whole } from "./crop.js";

const LONGEST = 1280; // px: more is not looked at
const QUALITY = 0.9;

const form = () => document.querySelector("#photo-search form");

function give(file) {
  document.getElementById("photo-search").open = true;
  form().dispatchEvent(new CustomEvent("given", { detail: file }));
}

const pictureOf = (files) => [...(files ?? [])].find((file) => file.type.startsWith("image/")) ?? files?.[0];
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const dropping = (on) => (document.getElementById("dropping").hidden = !on);

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || !form()) return;
  event.preventDefault();
  dropping(true);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) dropping(false);
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !form()) return;
  event.preventDefault();
  dropping(false);
  give(pictureOf(event.dataTransfer.files));
});
document.addEventListener("paste", (event) => {
  if (!event.clipboardData?.files.length || !form()) return;
  event.preventDefault();
  give(pictureOf(event.clipboardData.files));
});

export default () => ({
  problem: "",
  choosing: true,
  shooting: false,
  ready: false,
  hasCamera: Boolean(navigator.mediaDevices?.getUserMedia) && !matchMedia("(pointer: coarse)").matches,
  chosen(event) {
    return this.take(event.target.files[0]);
  },
  taken(event) {
    return this.take(event.target.files[0]);
  },
  given(event) {
    return this.take(event.detail);
  },
  async take(file) {
    this.closeCamera();
    if (!file) return;
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      this.refuse(this.$root.dataset.bad);
      return;
    }
    await this.draw(picture, picture.width, picture.height);
    picture.close();
  },
  refuse(problem) {
    this.again();
    this.problem = problem;
  },
  async draw(picture, width, height) {
    const share = Math.min(1, LONGEST / Math.max(width, height));
    const canvas = this.$refs.canvas;
    [canvas.width, canvas.height] = [Math.round(width * share), Math.round(height * share)];
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff"; // behind what is transparent
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    const carried = new DataTransfer();
    carried.items.add(new File([small], "photo.jpg", { type: small.type }));
    this.file().files = carried.files;
    [this.problem, this.choosing, this.ready] = ["", false, true];
    whole(this.$refs.crop);
  },
  file() {
    return this.$root.elements.photo_file;
  },
  again() {
    this.file().value = "";
    [this.problem, this.choosing, this.ready] = ["", true, false];
    whole(this.$refs.crop);
  },
  async openCamera() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      this.problem = this.$root.dataset.refused;
      return;
    }
    this.$refs.video.srcObject = this.stream;
    await this.$refs.video.play();
    [this.problem, this.choosing, this.shooting] = ["", false, true];
  },
  async shoot() {
    const video = this.$refs.video;
    await this.draw(video, video.videoWidth, video.videoHeight);
    this.closeCamera();
  },
  closeCamera() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.shooting = false;
    if (!this.ready) this.choosing = true;
  },
  check(event) {
    if (this.file().files.length) return;
    event.preventDefault();
    this.problem = this.$root.dataset.missing;
  },
});
