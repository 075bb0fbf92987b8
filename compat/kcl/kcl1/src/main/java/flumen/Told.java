package flumen;

/** What a worker tells: one line a happening, words separated by tabs. */
final class Told {
    private Told() {}

    static synchronized void line(Object... words) {
        var line = new StringBuilder();
        for (Object word : words) {
            line.append(line.isEmpty() ? "" : "\t").append(word);
        }
        System.out.println(line);
        System.out.flush();
    }
}
