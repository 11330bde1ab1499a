"""Where the reference of a class is, for the links and tooltips of scikit-learn's HTML in notebooks."""

MODULE = "sklearn_gd"
TEMPLATE = "https://sklearn-gd.example.org/generated/{estimator_module}.{estimator_name}.html"
