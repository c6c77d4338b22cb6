namespace Ccr.Model;

/// <summary>The model runs on the product's tables: the header in the repository is what they say now.</summary>
public sealed class TablesTests
{
    [Fact]
    public void The_header_says_what_the_product_s_tables_say()
    {
        string path = Path.Combine(Sources.Folder, Tables.FileName);
        string header = Tables.Header();
        if (Environment.GetEnvironmentVariable("CCR_MODEL_WRITE") == "tables")
        {
            File.WriteAllText(path, header);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == header,
            "The tables of src/Protocol/Machine were changed: run this test with CCR_MODEL_WRITE=tables, and commit "
            + "tests/Model/Promela/tables.h with them.");
    }
}
