package flumen;

/** What a worker tells: one line a happening, words separated by tabs, the first one the time of a clock that all processes share. */
final class Told {
    private Told() {}

    static synchronized void line(Object... words) {
        var line = new StringBuilder().append(System.nanoTime());
        for (Object word : words) {
            line.append('\t').append(word);
        }
        System.out.println(line);
        System.out.flush();
    }
}
