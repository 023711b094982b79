import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.RangeQuestion;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.condition.Constraint;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.GeoPointData;
import org.javarosa.core.model.data.GeoShapeData;
import org.javarosa.core.model.data.GeoTraceData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.TimeData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.xpath.XPathConditional;

/** Answers to try at a question, the likeliest first; whether one is right only the form engine knows. */
final class Answers {
    private static final int TRIES = 40;
    private static final String[] WORDS = {
        "суу", "жол", "өткөн", "үйдөн", "көчө", "жаңы", "таза", "арык", "мугалим", "эмгек", "төлөм", "бүгүн",
        "жыйын", "айыл", "өзөн", "күзүндө", "үчүн", "көпүрө", "оңдоо", "ыйгарым", "«Ынтымак»", "<бор>", "a & b", "№ 7"
    };
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])\\d{1,6}(?:\\.\\d+)?(?![\\w.])");

    private static byte[] photo;

    private final FormDef def;
    private final Random random;
    private final Path folder;
    private final int instance;
    private final List<String> files = new ArrayList<>();

    Answers(FormDef def, Random random, Path folder, int instance) {
        this.def = def;
        this.random = random;
        this.folder = folder;
        this.instance = instance;
    }

    List<IAnswerData> candidates(FormEntryPrompt prompt) throws IOException {
        return switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE -> one(prompt.getSelectChoices());
            case Constants.CONTROL_SELECT_MULTI -> several(prompt.getSelectChoices());
            case Constants.CONTROL_RANK -> ranked(prompt.getSelectChoices());
            case Constants.CONTROL_TRIGGER -> List.of(new StringData("OK"));
            case Constants.CONTROL_RANGE -> range(prompt);
            case Constants.CONTROL_IMAGE_CHOOSE -> file("jpg", picture());
            case Constants.CONTROL_AUDIO_CAPTURE -> file("m4a", bytes());
            case Constants.CONTROL_VIDEO_CAPTURE -> file("mp4", bytes());
            case Constants.CONTROL_FILE_CAPTURE, Constants.CONTROL_UPLOAD -> file("pdf", bytes());
            default -> typed(prompt);
        };
    }

    /** The files the instance names, in order; the others, of answers that were changed or hidden, are gone. */
    List<String> keepFiles(byte[] xml) throws IOException {
        String text = new String(xml, StandardCharsets.UTF_8);
        List<String> kept = new ArrayList<>();
        for (String name : files) {
            if (text.contains(">" + name + "<")) {
                kept.add(name);
            } else {
                Files.deleteIfExists(folder.resolve(name));
            }
        }
        return kept;
    }

    private List<IAnswerData> one(List<SelectChoice> choices) {
        List<IAnswerData> tries = new ArrayList<>();
        List<SelectChoice> mixed = new ArrayList<>(choices);
        Collections.shuffle(mixed, random);
        if (random.nextInt(100) < 60) {
            // Most people consent, use the service and so on; otherwise few would be asked the rest.
            mixed.sort(Comparator.comparing(choice -> !choice.getValue().equals("yes")));
        }
        for (SelectChoice choice : mixed) {
            tries.add(new SelectOneData(choice.selection()));
        }
        return tries;
    }

    private List<IAnswerData> several(List<SelectChoice> choices) {
        List<IAnswerData> tries = new ArrayList<>();
        for (int time = 0; time < TRIES && !choices.isEmpty(); time++) {
            List<Selection> chosen = new ArrayList<>();
            for (SelectChoice choice : choices) {
                if (random.nextInt(100) < (time < TRIES / 2 ? 40 : 10)) {
                    chosen.add(choice.selection());
                }
            }
            if (chosen.isEmpty()) {
                chosen.add(choices.get(random.nextInt(choices.size())).selection());
            }
            tries.add(new SelectMultiData(chosen));
        }
        return tries;
    }

    private List<IAnswerData> ranked(List<SelectChoice> choices) {
        List<Selection> order = new ArrayList<>();
        for (SelectChoice choice : choices) {
            order.add(choice.selection());
        }
        Collections.shuffle(order, random);
        return List.of(new MultipleItemsData(order));
    }

    private List<IAnswerData> range(FormEntryPrompt prompt) {
        RangeQuestion question = (RangeQuestion) prompt.getQuestion();
        BigDecimal start = question.getRangeStart();
        BigDecimal step = question.getRangeStep().abs();
        BigDecimal width = question.getRangeEnd().subtract(start);
        int steps = width.abs().divideToIntegralValue(step).intValue();
        List<IAnswerData> tries = new ArrayList<>();
        for (int time = 0; time < TRIES; time++) {
            BigDecimal away = step.multiply(BigDecimal.valueOf(random.nextInt(steps + 1)));
            BigDecimal value = width.signum() < 0 ? start.subtract(away) : start.add(away);
            tries.add(
                    prompt.getDataType() == Constants.DATATYPE_INTEGER
                            ? new IntegerData(value.intValue())
                            : new DecimalData(value.doubleValue()));
        }
        return tries;
    }

    private List<IAnswerData> typed(FormEntryPrompt prompt) {
        List<IAnswerData> tries = new ArrayList<>();
        for (int time = 0; time < TRIES; time++) {
            tries.add(
                    switch (prompt.getDataType()) {
                        case Constants.DATATYPE_INTEGER -> new IntegerData((int) number(prompt));
                        case Constants.DATATYPE_DECIMAL -> new DecimalData(Math.round(number(prompt) * 100) / 100.0);
                        case Constants.DATATYPE_DATE -> new DateData(day(time));
                        case Constants.DATATYPE_TIME -> new TimeData(day(time));
                        case Constants.DATATYPE_DATE_TIME -> new DateTimeData(day(time));
                        case Constants.DATATYPE_GEOPOINT -> new GeoPointData(point());
                        case Constants.DATATYPE_GEOTRACE -> new GeoTraceData(new GeoTraceData.GeoTrace(points(3)));
                        case Constants.DATATYPE_GEOSHAPE -> new GeoShapeData(new GeoShapeData.GeoShape(ring()));
                        case Constants.DATATYPE_BARCODE -> new StringData(digits(12));
                        default -> new StringData(text(prompt, time));
                    });
        }
        return tries;
    }

    /** A number of the size people write, or one near those the constraint names. */
    private double number(FormEntryPrompt prompt) {
        List<Double> named = namedNumbers(prompt);
        if (!named.isEmpty() && random.nextBoolean()) {
            double near = named.get(random.nextInt(named.size()));
            double most = Math.max(Collections.max(named), 12);
            return random.nextInt(3) > 0 ? random.nextDouble() * most : near + random.nextInt(3) - 1;
        }
        int[] sizes = {11, 101, 24, 32, 367, 1000, 5, 100000};
        return random.nextInt(sizes[random.nextInt(sizes.length)]) + (random.nextBoolean() ? 0 : random.nextDouble());
    }

    private List<Double> namedNumbers(FormEntryPrompt prompt) {
        List<Double> numbers = new ArrayList<>();
        Constraint constraint =
                def.getInstance().resolveReference(prompt.getIndex().getReference()).getConstraint();
        if (constraint != null && constraint.constraint instanceof XPathConditional condition) {
            Matcher found = NUMBER.matcher(condition.xpath);
            while (found.find()) {
                numbers.add(Double.valueOf(found.group()));
            }
        }
        return numbers;
    }

    private Date day(int time) {
        int[] spans = {1, 14, 365, 3650, 36500};
        int back = random.nextInt(spans[time % spans.length]);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        long moved = (time > TRIES / 2 ? 1 : -1) * (back * 86400L) - random.nextInt(3600);
        return Date.from(now.plusSeconds(moved));
    }

    private double[] point() {
        double latitude = Math.round((42.0 + random.nextDouble()) * 1e7) / 1e7;
        double longitude = Math.round((74.5 + random.nextDouble()) * 1e7) / 1e7;
        return new double[] {latitude, longitude, 700 + random.nextInt(900), 3 + random.nextInt(15)};
    }

    private ArrayList<double[]> points(int count) {
        ArrayList<double[]> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(point());
        }
        return points;
    }

    private ArrayList<double[]> ring() {
        ArrayList<double[]> ring = points(3);
        ring.add(ring.get(0));
        return ring;
    }

    private String text(FormEntryPrompt prompt, int time) {
        String looks = prompt.getAppearanceHint() == null ? "" : prompt.getAppearanceHint();
        if (looks.contains("numbers") || time % 5 == 3) {
            return digits(1 + random.nextInt(14));
        }
        if (time % 5 == 4) {
            return random.nextBoolean() ? "https://example.org/" + digits(3) : "AB-" + digits(4);
        }
        StringBuilder words = new StringBuilder(WORDS[random.nextInt(WORDS.length)]);
        int more = time % 5 == 2 ? 0 : random.nextInt(looks.contains("multiline") ? 25 : 5);
        for (int i = 0; i < more; i++) {
            words.append(looks.contains("multiline") && i % 8 == 7 ? "\n" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return words.toString();
    }

    private String digits(int count) {
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < count; i++) {
            digits.append(random.nextInt(10));
        }
        return digits.toString();
    }

    private List<IAnswerData> file(String ending, byte[] content) throws IOException {
        // As Collect names them: the time in milliseconds; the number keeps instances apart.
        String name = (1700000000000L + instance * 1000L + files.size()) + "." + ending;
        Files.write(folder.resolve(name), content);
        files.add(name);
        return List.of(new StringData(name));
    }

    /** A small photo, different each time: one picture with a comment of its own. */
    private byte[] picture() throws IOException {
        if (photo == null) {
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 256; i++) {
                image.setRGB(i % 16, i / 16, new Color(i, 255 - i, 90).getRGB());
            }
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            ImageIO.write(image, "jpg", written);
            photo = written.toByteArray();
        }
        byte[] comment = digits(16).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream photographed = new ByteArrayOutputStream();
        photographed.write(photo, 0, 2); // the start of every JPEG, FF D8
        photographed.write(new byte[] {(byte) 0xFF, (byte) 0xFE, 0, (byte) (comment.length + 2)});
        photographed.write(comment);
        photographed.write(photo, 2, photo.length - 2);
        return photographed.toByteArray();
    }

    private byte[] bytes() {
        byte[] content = new byte[300 + random.nextInt(700)];
        random.nextBytes(content);
        return content;
    }
}
