"""Pillow: layers decoded once, alpha_composite, and PNG as by default or by fpng, one process a core.

    python pillow.py WORK.json FOLDER PROCESSES pillow|fpng
"""
import json, multiprocessing, os, sys, time
from concurrent.futures import ThreadPoolExecutor
from PIL import Image

art = {}


def press(job):
    index, layers, folder, encoder = job
    picture = art[layers[0]].copy()
    for layer in layers[1:]:
        picture.alpha_composite(art[layer])
    path = os.path.join(folder, f"{index + 1}.png")
    if encoder == "fpng":
        import fpng
        with open(path, "wb") as file:
            file.write(fpng.from_pil(picture))
    else:
        picture.save(path, "PNG")


def main():
    file, folder, processes, encoder = sys.argv[1:]
    with open(file) as work:
        items = json.load(work)["items"]
    layers = sorted({layer for item in items for layer in item})
    # Decoding lets other threads run meanwhile; the processes that are forked afterwards share the decoded layers.
    with ThreadPoolExecutor(int(processes)) as threads:
        art.update(zip(layers, threads.map(lambda layer: Image.open(layer).convert("RGBA"), layers)))
    start = time.monotonic()
    jobs = [(index, item, folder, encoder) for index, item in enumerate(items)]
    with multiprocessing.get_context("fork").Pool(int(processes)) as pool:
        pool.map(press, jobs, chunksize=1)
        pool.close()
        pool.join()
    print("pressing", time.monotonic() - start)


main()
