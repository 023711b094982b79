import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.services.transport.payload.ByteArrayPayload;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/**
 * Fills a form as a person with ODK Collect would, in ODK's own form engine, and writes what Collect sends.
 *
 * <p>Arguments: the XForm, the folder of its media, the folder to write to, how many instances, a seed, and
 * the languages to take in turn, separated by commas (all of the form where empty). The engine decides what
 * is asked, which choices are offered and whether an answer is accepted; only the answers are drawn here.
 * Each instance has a folder of its own: instance.xml as the engine serialises it, and the files it names.
 * On standard output stands one line per instance: number, language, and the names of its files, by tabs.
 */
public final class Filler {
    /** A person who cannot go on starts the form anew; one who fails this often has found a fault in it. */
    private static final int ATTEMPTS = 25;

    private static final int MOST_REPEATS = 12;

    private final byte[] form;
    private final Path media;
    private final Random random;
    private final PrintStream told;
    private FormDef def;
    private TreeElement untouched;

    private Filler(byte[] form, Path media, long seed, PrintStream told) {
        this.form = form;
        this.media = media;
        this.random = new Random(seed);
        this.told = told;
    }

    public static void main(String[] args) throws Exception {
        PrintStream told = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // the engine chats; what it says is kept apart from our lines
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        Phone.install(Path.of(args[1]));
        Filler filler = new Filler(Files.readAllBytes(Path.of(args[0])), Path.of(args[1]), Long.parseLong(args[4]), told);
        try {
            filler.fill(Path.of(args[2]), Integer.parseInt(args[3]), args.length > 5 ? args[5] : "");
        } catch (Stuck refusal) {
            System.err.println("REFUSED " + refusal.getMessage());
            System.exit(1);
        }
        System.exit(0); // the engine leaves threads behind
    }

    private void fill(Path out, int count, String languages) throws Exception {
        for (int number = 0; number < count; number++) {
            Path folder = Files.createDirectories(out.resolve(String.format("%05d", number)));
            Stuck last = null;
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    fillOne(folder, number, languages);
                    last = null;
                    break;
                } catch (Stuck stuck) {
                    last = stuck;
                }
            }
            if (last != null) {
                throw last;
            }
        }
    }

    private void fillOne(Path folder, int number, String languages) throws Exception {
        open();
        FormEntryController pages = new FormEntryController(new FormEntryModel(def));
        String language = speak(pages, number, languages);
        Answers answers = new Answers(def, random, folder, number);
        walk(pages, answers);
        mend(pages, answers);
        pages.finalizeFormEntry();
        byte[] xml = serialise();
        Files.write(folder.resolve("instance.xml"), xml);
        told.println(number + "\t" + language + "\t" + String.join("\t", answers.keepFiles(xml)));
    }

    /** A new form, its defaults and first calculations done. Parsing takes longest, so it is done once. */
    private void open() throws Exception {
        if (def == null) {
            def = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(form));
            untouched = def.getInstance().getRoot().deepCopy(true);
            def.getEvaluationContext().addFunctionHandler(new PullData(media));
        } else {
            def.getInstance().setRoot(untouched.deepCopy(true));
        }
        def.initialize(true, new InstanceInitializationFactory());
    }

    private static String speak(FormEntryController pages, int number, String wanted) {
        String[] offered = pages.getModel().getLanguages();
        if (offered == null || offered.length == 0) {
            return "";
        }
        List<String> spoken = new ArrayList<>();
        for (String want : wanted.isEmpty() ? offered : wanted.split(",")) {
            for (String offer : offered) {
                if (offer.equals(want) || offer.endsWith("(" + want + ")")) {
                    spoken.add(offer);
                }
            }
        }
        String language = spoken.get(number % spoken.size());
        pages.setLanguage(language);
        return language;
    }

    /** Page by page to the end, now and then a page back to change an answer. */
    private void walk(FormEntryController pages, Answers answers) throws IOException {
        int repeats = 0;
        for (int event = pages.stepToNextEvent();
                event != FormEntryController.EVENT_END_OF_FORM;
                event = pages.stepToNextEvent()) {
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                if (repeats < MOST_REPEATS && random.nextInt(100) < 55) {
                    repeats++;
                    pages.newRepeat();
                }
            } else if (event == FormEntryController.EVENT_QUESTION) {
                answer(pages, answers);
                if (random.nextInt(100) < 3) {
                    turnBack(pages, answers);
                }
            }
        }
    }

    private void turnBack(FormEntryController pages, Answers answers) throws IOException {
        int event = pages.stepToPreviousEvent();
        while (event != FormEntryController.EVENT_QUESTION && event != FormEntryController.EVENT_BEGINNING_OF_FORM) {
            event = pages.stepToPreviousEvent();
        }
        if (event == FormEntryController.EVENT_QUESTION) {
            answer(pages, answers);
        }
    }

    /** Give the question an answer that the engine accepts, or leave it where that is allowed. */
    private void answer(FormEntryController pages, Answers answers) throws IOException {
        FormEntryPrompt prompt = pages.getModel().getQuestionPrompt();
        if (prompt.isReadOnly()) {
            return;
        }
        String name = prompt.getIndex().getReference().getNameLast();
        boolean given = prompt.getAnswerValue() != null;
        if (given && random.nextInt(100) < 70 && accepted(pages, prompt.getAnswerValue())) {
            return; // what stands there already, or was there by default
        }
        // A companion (…_na) hides its number: most people know the number.
        if (!prompt.isRequired() && random.nextInt(100) < (name.endsWith("_na") ? 65 : 12)) {
            if (accepted(pages, null)) {
                return;
            }
        }
        for (IAnswerData candidate : answers.candidates(prompt)) {
            if (accepted(pages, candidate)) {
                return;
            }
        }
        if (!prompt.isRequired() && accepted(pages, null)) {
            return;
        }
        throw new Stuck(where(prompt) + ": no answer is accepted. " + prompt.getConstraintText());
    }

    private static boolean accepted(FormEntryController pages, IAnswerData data) {
        return pages.answerQuestion(pages.getModel().getFormIndex(), data, true) == FormEntryController.ANSWER_OK;
    }

    /** What the engine still refuses when the person is done is answered again, as Collect jumps there. */
    private void mend(FormEntryController pages, Answers answers) throws IOException {
        ValidateOutcome refused = def.validate();
        for (int time = 0; refused != null && time < 20; time++) {
            FormIndex index = refused.failedPrompt;
            pages.jumpToIndex(index);
            pages.answerQuestion(index, null, true);
            answer(pages, answers);
            refused = def.validate();
        }
        if (refused != null) {
            pages.jumpToIndex(refused.failedPrompt);
            throw new Stuck(where(pages.getModel().getQuestionPrompt()) + ": refused at the end.");
        }
    }

    private byte[] serialise() throws IOException {
        XFormSerializingVisitor visitor = new XFormSerializingVisitor();
        ByteArrayPayload payload = (ByteArrayPayload) visitor.createSerializedPayload(def.getInstance());
        return payload.getPayloadStream().readAllBytes();
    }

    private static String where(FormEntryPrompt prompt) {
        return prompt.getIndex().getReference().toString(true);
    }

    /** A person who cannot go on: the question, and why. */
    @SuppressWarnings("serial")
    private static final class Stuck extends RuntimeException {
        Stuck(String message) {
            super(message);
        }
    }
}
