// Finds the number that subscribers/signup/proof_of_work.py asks for, and sends the form. SHA-256 (FIPS 180-4) of our
// own, since the browser's needs https and is slower one hash at a time; a page without this script asks for a wait.
"use strict";
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const H = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const turn = (x, by) => (x >>> by) | (x << (32 - by));
const W = new Int32Array(64);

function digestBlock(state, bytes, at) {
  for (let i = 0; i < 16; i += 1) {
    const p = at + 4 * i;
    W[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    W[i] =
      (W[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + W[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s = (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + h + K[i] + W[i];
    const t = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + s) | 0, c, b, a, (s + t) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = (state[i] + word) | 0;
  });
}

// The first 32 bits of the hash of an ASCII text.
function firstBits(text) {
  const blocks = (text.length + 9 + 63) >> 6;
  const bytes = new Uint8Array(blocks * 64);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, text.length * 8);
  const state = Int32Array.from(H);
  for (let at = 0; at < bytes.length; at += 64) digestBlock(state, bytes, at);
  return state[0] >>> 0;
}

function work(form, number) {
  const { challenge, bits } = form.dataset;
  const below = 2 ** (32 - Number(bits));
  const until = performance.now() + 30; // then the page may breathe
  let n = number;
  while (performance.now() < until) {
    for (const end = n + 100; n < end; n += 1) {
      if (firstBits(`${challenge}.${n}`) < below) {
        form.elements.proof.value = `${challenge}.${n}`;
        form.submit();
        return;
      }
    }
  }
  setTimeout(work, 0, form, n);
}

for (const form of document.querySelectorAll("form[data-challenge]")) {
  form.querySelector(".working").hidden = false;
  form.querySelector(".waiting").hidden = true;
  work(form, 0);
}
