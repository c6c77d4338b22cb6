using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Ccr.Resources.Xa;

/// <summary>A driver cannot be had; the message says why and what to do.</summary>
public sealed class DriverException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Finds the ADO.NET driver that an operator names, "TYPE, ASSEMBLY", for example
/// "Npgsql.NpgsqlFactory, Npgsql" or "MySqlConnector.MySqlConnectorFactory, MySqlConnector". With a path the assembly,
/// and what it needs, is loaded from there.
/// </summary>
public static class DriverLoader
{
    private const string WholeDrivers =
        "A program in native code loads none, and keeps the whole assembly of the one that it ships.";

    /// <summary>The driver's factory.</summary>
    /// <param name="provider">"TYPE, ASSEMBLY"; the type derives from <see cref="DbProviderFactory"/>.</param>
    /// <param name="path">The assembly's file; null to look among what the program has.</param>
    /// <exception cref="DriverException">There is none; the message says what to do.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = WholeDrivers)]
    public static DbProviderFactory Load(string provider, string? path = null)
    {
        int comma = provider.IndexOf(',', StringComparison.Ordinal);
        if (comma <= 0 || provider[(comma + 1)..].Trim().Length == 0)
        {
            throw new DriverException(
                $"'{provider}' does not name a driver: write TYPE, ASSEMBLY, for example "
                + "'Npgsql.NpgsqlFactory, Npgsql'.");
        }

        string typeName = provider[..comma].Trim(), assemblyName = provider[(comma + 1)..].Trim();
        Assembly assembly = path is null ? LoadByName(assemblyName) : LoadFrom(path, assemblyName);
        Type type = assembly.GetType(typeName) ?? throw new DriverException(
            $"The assembly {assembly.GetName().Name} has no type '{typeName}'. The type of a driver's factory is in "
            + "its documentation; for Npgsql it is Npgsql.NpgsqlFactory.");
        return FactoryOf(type) ?? throw new DriverException(
            $"{typeName} is no driver's factory: it has to derive from DbProviderFactory and to have a public static "
            + "'Instance', or a constructor without parameters.");
    }

    private static Assembly LoadByName(string name)
    {
        try
        {
            return Assembly.Load(new AssemblyName(name));
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            throw new DriverException(
                $"The driver's assembly {name} is not among what this program has. Give the path of {name}.dll.", e);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = WholeDrivers)]
    private static Assembly LoadFrom(string path, string name)
    {
        string file = Path.GetFullPath(path);
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new DriverException(
                $"This program is native code, which cannot load {file}: of drivers it has what it was built with. "
                + "Run the program that .NET runs (deploy/README.md).");
        }

        if (!File.Exists(file))
        {
            throw new DriverException($"There is no file {file}, where the driver's assembly {name} should be.");
        }

        try
        {
            Assembly assembly = new DriverContext(file).LoadFromAssemblyPath(file);
            return string.Equals(assembly.GetName().Name, name, StringComparison.OrdinalIgnoreCase)
                ? assembly
                : throw new DriverException($"{file} is the assembly {assembly.GetName().Name}, not {name}.");
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            throw new DriverException($"The driver's assembly {file} cannot be loaded: {e.Message}", e);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = WholeDrivers)]
    private static DbProviderFactory? FactoryOf(Type type)
    {
        if (!type.IsAssignableTo(typeof(DbProviderFactory)))
        {
            return null;
        }

        const BindingFlags Shared = BindingFlags.Public | BindingFlags.Static;
        return type.GetField("Instance", Shared)?.GetValue(null) as DbProviderFactory
            ?? type.GetProperty("Instance", Shared)?.GetValue(null) as DbProviderFactory
            ?? (type.IsAbstract || type.GetConstructor(Type.EmptyTypes) is not { } make
                ? null
                : make.Invoke(null) as DbProviderFactory);
    }

    /// <summary>What the driver needs comes from its own folder, unless the program has it already.</summary>
    private sealed class DriverContext(string file) : AssemblyLoadContext($"driver {file}")
    {
        private readonly AssemblyDependencyResolver _resolver = new(file);
        private readonly string _folder = Path.GetDirectoryName(file)!;

        [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = WholeDrivers)]
        protected override Assembly? Load(AssemblyName name)
        {
            try
            {
                return Default.LoadFromAssemblyName(name);
            }
            catch (Exception e) when (e is IOException or BadImageFormatException)
            {
                string beside = Path.Combine(_folder, $"{name.Name}.dll");
                string? found = _resolver.ResolveAssemblyToPath(name) ?? (File.Exists(beside) ? beside : null);
                return found is null ? null : LoadFromAssemblyPath(found);
            }
        }
    }
}
