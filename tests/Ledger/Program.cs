using Ccr.Ledger;

const string usage = """
    ./ccr ledger            notes the last ./ccr test and ./ccr soak in docs/evidence, and writes docs/TESTING.md
    ./ccr ledger --show     prints the page that docs/evidence gives, and writes nothing

    """;

if (args.Length > 1 || (args.Length == 1 && args[0] != "--show"))
{
    Console.Error.Write(usage);
    return 2;
}

try
{
    if (args.Length == 1)
    {
        Console.Write(Book.Render());
        return 0;
    }

    int noted = Book.Note("test") + Book.Note("soak");
    File.WriteAllText(Book.PagePath, Book.Render());
    Console.WriteLine($"{noted} runs noted; docs/TESTING.md is written.");
    return 0;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
