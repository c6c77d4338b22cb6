using Ccr.Hostile.Targets;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Ccr.Hostile.Fuzzing;

/// <summary>
/// Rewrites assemblies so that each edge of their control flow counts itself in <see cref="EdgeMap"/>: the entry of
/// each method, both ways out of each conditional branch, and every other target of a branch.
/// </summary>
internal sealed class Instrumentation : IDisposable
{
    private readonly DefaultAssemblyResolver _resolver = new();
    private readonly AssemblyDefinition _targets;
    private readonly FieldDefinition _hits;

    private Instrumentation(string folder)
    {
        _resolver.AddSearchDirectory(folder);
        _targets = AssemblyDefinition.ReadAssembly(
            Path.Combine(folder, "Ccr.Hostile.Targets.dll"), new ReaderParameters { AssemblyResolver = _resolver });
        _hits = _targets.MainModule.GetType(typeof(EdgeMap).FullName).Fields
            .Single(f => f.Name == nameof(EdgeMap.Hits));
    }

    /// <summary>Edges counted so far.</summary>
    public int Edges { get; private set; }

    /// <summary>Copies the assemblies of a folder into another one, some of them rewritten.</summary>
    /// <returns>How many edges there are.</returns>
    public static int Rewrite(string from, string to, IReadOnlyCollection<string> assemblies)
    {
        using Instrumentation instrumentation = new(from);
        foreach (string path in Directory.EnumerateFiles(from, "*.dll"))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            string target = Path.Combine(to, Path.GetFileName(path));
            if (assemblies.Contains(name))
            {
                instrumentation.Rewrite(path, target);
            }
            else
            {
                File.Copy(path, target);
            }
        }

        return instrumentation.Edges;
    }

    public void Dispose()
    {
        _targets.Dispose();
        _resolver.Dispose();
    }

    private void Rewrite(string from, string to)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(
            from, new ReaderParameters { AssemblyResolver = _resolver });
        FieldReference hits = assembly.MainModule.ImportReference(_hits);
        foreach (MethodDefinition method in assembly.MainModule.GetTypes().SelectMany(t => t.Methods))
        {
            // Static constructors run once; what they do is not of the input.
            if (method.HasBody && !method.IsConstructor || method is { HasBody: true, IsStatic: false })
            {
                Rewrite(method.Body, hits);
            }
        }

        assembly.Write(to);
    }

    private void Rewrite(MethodBody body, FieldReference hits)
    {
        body.SimplifyMacros();
        Instruction[] original = [.. body.Instructions];
        bool mayAppend = !body.HasExceptionHandlers; // nobody may branch out of a guarded block
        HashSet<Instruction> targets = [];
        foreach (Instruction instruction in original)
        {
            if (instruction.Operand is Instruction[] cases)
            {
                targets.UnionWith(cases);
            }
            else if (instruction.Operand is Instruction target && (!IsConditional(instruction) || !mayAppend))
            {
                targets.Add(target);
            }
        }

        targets.Add(original[0]);
        foreach (Instruction instruction in original)
        {
            if (IsConditional(instruction))
            {
                CountBehind(body, instruction, hits, mayAppend);
            }
        }

        foreach (Instruction target in targets)
        {
            CountBefore(body, target, hits);
        }

        body.OptimizeMacros();
    }

    private static bool IsConditional(Instruction instruction) =>
        instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Operand is Instruction;

    /// <summary>The way straight on, and the way to the target by way of a counter at the method's end.</summary>
    private void CountBehind(MethodBody body, Instruction branch, FieldReference hits, bool mayAppend)
    {
        ILProcessor il = body.GetILProcessor();
        Instruction next = branch.Next;
        if (next is not null)
        {
            foreach (Instruction counting in Counter(il, hits))
            {
                il.InsertBefore(next, counting);
            }
        }

        if (mayAppend)
        {
            Instruction target = (Instruction)branch.Operand;
            List<Instruction> counter = Counter(il, hits);
            counter.ForEach(il.Append);
            il.Append(il.Create(OpCodes.Br, target));
            branch.Operand = counter[0];
        }
    }

    /// <summary>Replaces the target in place, so that everything that leads there counts.</summary>
    private void CountBefore(MethodBody body, Instruction target, FieldReference hits)
    {
        ILProcessor il = body.GetILProcessor();
        Instruction moved = Copy(il, target);
        List<Instruction> counter = Counter(il, hits);
        il.InsertAfter(target, moved);
        for (int i = counter.Count - 1; i > 0; i--)
        {
            il.InsertAfter(target, counter[i]);
        }

        target.OpCode = counter[0].OpCode;
        target.Operand = counter[0].Operand;
    }

    private static Instruction Copy(ILProcessor il, Instruction instruction)
    {
        Instruction copy = il.Create(OpCodes.Nop);
        copy.OpCode = instruction.OpCode;
        copy.Operand = instruction.Operand;
        return copy;
    }

    private List<Instruction> Counter(ILProcessor il, FieldReference hits)
    {
        int edge = Edges++;
        if (edge >= EdgeMap.Size)
        {
            throw new InvalidOperationException($"There are more edges than {EdgeMap.Size}: enlarge the map.");
        }

        return
        [
            il.Create(OpCodes.Ldsfld, hits), il.Create(OpCodes.Ldc_I4, edge),
            il.Create(OpCodes.Ldelema, hits.Module.TypeSystem.Byte), il.Create(OpCodes.Dup),
            il.Create(OpCodes.Ldind_U1), il.Create(OpCodes.Ldc_I4_1), il.Create(OpCodes.Add),
            il.Create(OpCodes.Conv_U1), il.Create(OpCodes.Stind_I1),
        ];
    }
}
