#!/bin/sh
# The artist's way, from a folder of pictures to a drop: twelve commands. The guide explains each of them.
#
#   docs/walkthrough.sh FOLDER     a folder that `cargo run --example artist_folder -- FOLDER` has drawn
#
# Everything is written into the current folder. The tests run it.
set -eu
art=${1:?give the folder that contains the art}

# 1. A settings file: the layers in their order, the layer of another size, and the weights of a table.
traitpress init "$art" --rarity "$art/rarity.csv"

# 2. All problems of the art, and the number of possible items.
traitpress check "$art" --count 60

# Rules, an exact number and a one-of-one, as an artist adds them in a text editor.
sed 's/^"Hat\/Crown" = .*/"Hat\/Crown" = { count = 3 }/' "$art/collection.toml" >edited.toml
mv edited.toml "$art/collection.toml"
cat >>"$art/collection.toml" <<'TOML'

[[rules]]
forbid = ["Hat/Crown", "Body/Robot"]

[[rules]]
forbid = ["Hat/Béret", "Background/Forêt"]

[[ones]]
image = "ones/Golden King.png"
name = "Golden King"
edition = 7
TOML

# 3. A trial run: the first five of all sixty.
traitpress generate "$art" --count 60 --seed 21 --first 5 --out drop

# 4. The others.
traitpress generate "$art" --count 60 --seed 21 --out drop --resume

# 5. A contact sheet.
traitpress sheet drop --count 60 --labels -o sheet.png

# 6. Two pictures that the artist does not like: what would come in their place, on a sheet.
traitpress reroll drop 17,23 --project "$art" --lock Background --preview

# 7. The change itself.
traitpress reroll drop 17,23 --project "$art" --lock Background

# 8. The address of the pictures on IPFS, before the upload.
cid=$(traitpress cid drop/images)

# 9. Metadata with this address, also in the settings file.
traitpress metadata drop --project "$art" --cid "$cid" --save

# 10. Every file is as listed, and as the project makes it.
traitpress verify drop --project "$art"

# 11. A page for the community.
traitpress report drop --html rarity.html --project "$art"

# 12. The folder in one file, for an archive.
traitpress generate "$art" --plan drop/plan.json --out drop.tar.zst
