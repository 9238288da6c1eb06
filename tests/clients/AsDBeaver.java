// Opens a release as DBeaver does, through DuckDB's JDBC driver, and tells what a person would see
// there: java -cp duckdb_jdbc.jar AsDBeaver.java RELEASE "select ..."
// Prints the rows of the query, what has no explanation, what became of a write, and the number of
// rows of all tables.
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

public class AsDBeaver {
    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("duckdb.read_only", "true");
        try (Connection release =
                DriverManager.getConnection("jdbc:duckdb:" + arguments[0], properties)) {
            for (String row : rows(release, arguments[1])) {
                System.out.println("row " + row);
            }
            List<String> tables = tables(release.getMetaData());
            explainColumns(release.getMetaData());
            try (Statement statement = release.createStatement()) {
                statement.execute("delete from registry.patients");
                System.out.println("not refused");
            } catch (SQLException error) {
                System.out.println("refused");
            }
            for (String table : tables) {
                System.out.println("count " + table + " " + rows(release, "from " + table).size());
            }
        }
    }

    private static List<String> rows(Connection release, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement statement = release.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> cells = new ArrayList<>();
                for (int column = 1; column <= columns; column++) {
                    cells.add(String.valueOf(result.getObject(column)));
                }
                found.add(String.join("|", cells));
            }
        }
        return found;
    }

    private static List<String> tables(DatabaseMetaData data) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet table = data.getTables("warehouse", null, "%", null)) {
            while (table.next()) {
                String name = table.getString("TABLE_SCHEM") + "." + table.getString("TABLE_NAME");
                requireExplanation(name, table);
                found.add(name);
            }
        }
        return found;
    }

    private static void explainColumns(DatabaseMetaData data) throws SQLException {
        try (ResultSet column = data.getColumns("warehouse", null, "%", "%")) {
            while (column.next()) {
                requireExplanation(
                        column.getString("TABLE_NAME") + "." + column.getString("COLUMN_NAME"), column);
            }
        }
    }

    private static void requireExplanation(String name, ResultSet described) throws SQLException {
        String remarks = described.getString("REMARKS");
        if (remarks == null || remarks.isEmpty()) {
            System.out.println("without explanation " + name);
        }
    }
}
