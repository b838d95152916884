// SPDX-License-Identifier: Apache-2.0
// A picture for somebody's card: cut square, made small, and nothing else of
// the file that was chosen.

const SIDE = 256;
const MOST = 32 * 1024; /* bytes the server takes */

function encode(canvas, quality) {
	return new Promise((done) =>
		canvas.toBlob(done, "image/jpeg", quality));
}

function base64(blob) {
	return new Promise((done, fail) => {
		const reader = new FileReader();

		reader.onload = () => done(reader.result.split(",", 2)[1]);
		reader.onerror = () => fail(reader.error);
		reader.readAsDataURL(blob);
	});
}

/** The middle of an image file in base64, or null if it is no image. */
export async function shrink(file) {
	const image = await createImageBitmap(file).catch(() => null);

	if (!image)
		return null;
	const canvas = document.createElement("canvas");
	const side = Math.min(image.width, image.height);

	canvas.width = canvas.height = SIDE;
	canvas.getContext("2d").drawImage(image,
		(image.width - side) / 2, (image.height - side) / 2, side, side,
		0, 0, SIDE, SIDE);
	image.close();
	for (let quality = 0.9; quality > 0.1; quality -= 0.2) {
		const blob = await encode(canvas, quality);

		if (blob.size <= MOST)
			return base64(blob);
	}
	return null;
}
