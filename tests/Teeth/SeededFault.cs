namespace Ccr.Teeth;

/// <summary>
/// A fault that we put into the source on purpose, to see whether the verification bites. It lives in a file of
/// tests/Teeth/faults, never in the product's source.
/// </summary>
/// <param name="Name">The switch: the file's name without its ending.</param>
/// <param name="Says">What is wrong with it, in a sentence.</param>
/// <param name="Hunter">Who is to find it.</param>
/// <param name="Changes">Where it is put.</param>
internal sealed record SeededFault(string Name, string Says, Hunter Hunter, IReadOnlyList<Change> Changes)
{
    /// <summary>The name of its switch in C#.</summary>
    public string Switch => string.Concat(
        Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>One replacement. The text to find stands exactly once in the file.</summary>
/// <param name="File">Path inside the repository, with slashes.</param>
/// <param name="Find">Lines of the source, their indentation included.</param>
/// <param name="With">What stands there in the seeded build; $tooth is true when the fault is switched on.</param>
internal sealed record Change(string File, string Find, string With);

/// <summary>A layer of the verification that hunts for seeded faults.</summary>
internal enum Hunter
{
    /// <summary>The simulator, seed after seed.</summary>
    Simulator,

    /// <summary>The tests of the group AtomicActions.Tests, for what few seeds meet.</summary>
    Core,

    /// <summary>The tests of the group LogDamage.</summary>
    LogDamage,
}
