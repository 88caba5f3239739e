import os
import sys

words, output, mood = sys.argv[2], sys.argv[4], sys.argv[6]
print("my mood is", mood)
if mood == "bad":
    sys.exit(7)
with open(os.path.join(words, "words.txt")) as file:
    count = len(file.readlines())
os.makedirs(output)
with open(os.path.join(output, "moods.txt"), "w") as file:
    file.write(mood * count)
