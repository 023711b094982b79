import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.xpath.expr.XPathFuncExpr;

/** pulldata('prices', 'price', 'name', 'p1'): the engine leaves this function to the phone around it. */
final class PullData implements IFunctionHandler {
    private final Path media;

    PullData(Path media) {
        this.media = media;
    }

    @Override
    public String getName() {
        return "pulldata";
    }

    @Override
    public List<Class[]> getPrototypes() {
        return List.of();
    }

    @Override
    public boolean rawArgs() {
        return true;
    }

    @Override
    public boolean realTime() {
        return false;
    }

    @Override
    public Object eval(Object[] args, EvaluationContext context) {
        String[] asked = new String[4];
        for (int i = 0; i < 4; i++) {
            asked[i] = XPathFuncExpr.toString(args[i]);
        }
        try {
            List<String> lines = Files.readAllLines(media.resolve(asked[0] + ".csv"), StandardCharsets.UTF_8);
            List<String> header = List.of(lines.get(0).split(","));
            int wanted = header.indexOf(asked[1]);
            int key = header.indexOf(asked[2]);
            for (String line : lines.subList(1, lines.size())) {
                String[] cells = line.split(",", -1);
                if (cells[key].equals(asked[3])) {
                    return cells[wanted];
                }
            }
            return "";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
