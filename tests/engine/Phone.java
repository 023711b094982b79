import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointAction;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointActionHandler;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.xform.parse.XFormParser;

/** What the form engine asks of the phone around it: the form's media, the device, the position. */
final class Phone {
    private Phone() {}

    static void install(Path media) {
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new MediaFolder(media));
        PropertyManager.setPropertyManager(new Device());
        XFormParser.registerActionHandler(SetGeopointActionHandler.ELEMENT_NAME, new HereHandler());
    }

    /** jr://file/objects.csv and its kin: whatever the kind, the file of that name in one folder. */
    private record MediaFolder(Path folder) implements ReferenceFactory {
        @Override
        public boolean derives(String uri) {
            return uri.startsWith("jr://");
        }

        @Override
        public Reference derive(String uri) {
            return new MediaFile(uri, folder.resolve(uri.substring(uri.lastIndexOf('/') + 1)));
        }

        @Override
        public Reference derive(String uri, String context) {
            return derive(uri);
        }
    }

    private record MediaFile(String uri, Path path) implements Reference {
        @Override
        public boolean doesBinaryExist() {
            return Files.exists(path);
        }

        @Override
        public InputStream getStream() throws IOException {
            return Files.newInputStream(path);
        }

        @Override
        public String getURI() {
            return uri;
        }

        @Override
        public String getLocalURI() {
            return path.toString();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException("media are read only");
        }

        @Override
        public void remove() {
            throw new UnsupportedOperationException("media are read only");
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }

    private static final class Device implements IPropertyManager {
        @Override
        public List<String> getProperty(String name) {
            return List.of(getSingularProperty(name));
        }

        @Override
        public String getSingularProperty(String name) {
            return switch (name) {
                case "deviceid" -> "collect:0000000000000000";
                case "username" -> "observer";
                case "email" -> "observer@example.org";
                case "phonenumber" -> "0000";
                default -> "";
            };
        }

        @Override
        public void setProperty(String name, String value) {}

        @Override
        public void setProperty(String name, List<String> value) {}

        @Override
        public void addRules(IPropertyRules rules) {}

        @Override
        public List<IPropertyRules> getRules() {
            return List.of();
        }
    }

    private static final class HereHandler extends SetGeopointActionHandler {
        @Override
        public SetGeopointAction getSetGeopointAction() {
            return new Here(null);
        }
    }

    /** The phone knows at once where it is. */
    public static final class Here extends SetGeopointAction {
        public Here() {}

        Here(TreeReference target) {
            super(target);
        }

        @Override
        public void requestLocationUpdates() {
            saveLocationValue("42.3201 75.4402 1180.0 4.5");
        }
    }
}
